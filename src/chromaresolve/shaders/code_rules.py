"""What OpenCL C, CUDA and Metal ask of one and the same text.

Resolve compiles a shader as OpenCL C on AMD and Intel cards, as CUDA on NVIDIA's and as Metal on
Apple's. Each takes things that another refuses.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from chromaresolve.shaders.drafts import CALL, PROTOTYPE, Draft, first_argument, is_entry
from chromaresolve.shaders.panel_rules import NAME, Finding
from chromaresolve.shaders.reading import ENTRIES, entry_heads

MATH = """
    _fabs _powf _logf _log2f _log10f _expf _exp2f _exp10f _copysignf _fmaxf _fminf _clampf
    _saturatef _sqrtf _ceilf _floorf _truncf _round _fmod _hypotf _cosf _sinf _cospif _sinpif _tanf
    _acosf _asinf _atan2f _acoshf _asinhf _atanhf _coshf _sinhf _tanhf _fdimf _fmaf _rsqrtf
    _fdivide _frecip _frexp _ldexp _tex2D abs min max make_float2 make_float3 make_float4 RAND
"""
"""Functions that DCTL brings (DaVinci Resolve 20.1, DaVinciCTL/README.txt), less those that differ
from card to card: `_mix`, `isnan`, `isinf`."""

WORDS = "if for while switch return sizeof defined do else case"
"""Words of the language that a bracket may follow."""

INSTEAD = {
    "_mix": "is ambiguous in OpenCL, and undefined outside 0 to 1: write your own cr_mix",
    "isnan": "may be optimised away: guard with _fmaxf or _fminf instead",
    "isinf": "may be optimised away: guard with _fmaxf or _fminf instead",
    "_atanf": "is not on DCTL's list: write _atan2f(x, 1.0f)",
}
NOT_DCTL = "is neither DCTL's nor this shader's: use the math list of Resolve's README"

RESERVED = """
    global local constant private kernel generic pipe image sampler degrees radians
    device thread threadgroup vertex fragment metal texture
    class new delete this template typename operator namespace using public protected virtual
    friend explicit mutable try catch throw register goto asm
    threadIdx blockIdx blockDim gridDim warpSize
"""
"""Words of OpenCL C, Metal and C++ that a shader may have no name of."""

RESERVED_FORM = re.compile(r"half\w*|read_only|write_only|read_write")
"""More of them: OpenCL C and Metal have a type half and functions that begin so."""

LITERAL = re.compile(
    r"(?<![\w.])(?:\d+\.\d*|\.\d+|\d+(?=[eE][-+\d]))(?:[eE][-+]?\d+)?(?P<suffix>\w*)"
)
"""A number with a point or an exponent, and what is written behind it."""

PATTERNS = (
    (
        re.compile(r"\\$", flags=re.MULTILINE),
        "line goes on behind a backslash: write each macro on one line",
    ),
    (re.compile(r"#[ ]*include\b"), "include: a shader is one file, paste the text"),
    (re.compile(r"\bdouble\b"), "double does not exist in Metal: write float"),
    (
        re.compile(r"\bfloat[234][ ]+\w+[ ]*=[ ]*[-+]?[\d.]+f?[ ]*;"),
        "vector = number does not compile in CUDA: write make_float3(x, x, x)",
    ),
    (
        re.compile(r"\([ ]*\{|^[ ]*[\w.]+[ ]*=[ ]*\{", flags=re.MULTILINE),
        "braces make a value only in a declaration: call make_float3, or a function of your own",
    ),
    (
        re.compile(r"\b(?:float[234]?|int|bool|void)[ ]+(?:min|max|abs|clamp|mix)\b"),
        "redefines a function of the language: begin its name with cr_",
    ),
    (
        re.compile(r"#[ ]*define[ ]+(?:min|max|abs|clamp|mix)\b"),
        "redefines a function of the language: begin its name with cr_",
    ),
    (
        re.compile(r"#[ ]*define\b[^\n]*\breturn\b"),
        "macro with a return, whose text Resolve may rewrite: write a function",
    ),
)
"""What is wrong wherever it stands, and what to do."""

GUARDED = re.compile(r"(?<!\w)_(?:powf|logf|log2f|log10f)[ ]*\(")
GUARDS = ("_fmaxf", "_fabs", "_clampf")
"""Whose result can be held above zero."""
CONSTANT = re.compile(r"[\d.]+f|[A-Z][A-Z0-9_]*")
NAMED = re.compile(r"[A-Za-z_]\w*")
PROMISE = "above zero"
"""What the comment above a function says where every caller has seen to it."""

POINTER = r"(?P<place>__(?:PRIVATE|CONSTANTREF|CONSTANT|GLOBAL)__[ ]+)?(?:const[ ]+)?\b(?:{})[ ]*\*"
TAG = re.compile(r"(?<!typedef )\b(?P<word>struct|enum)[ ]+(?P<name>\w+)\s*\{")


def letters_are_plain(draft: Draft) -> Iterator[Finding]:
    """The file is ASCII with LF line ends, no byte order mark and no tabs."""
    marks = (("\ufeff", "byte order mark"), ("\r", "CR line end"), ("\t", "tab"))
    for number, line in enumerate(draft.text.split("\n"), start=1):
        for letter, name in marks:
            if letter in line:
                yield number, f"{name}: save as ASCII with LF line ends and spaces"
        foreign = [letter for letter in line if letter > "~" and letter != "\ufeff"]
        if foreign:
            yield number, f"{foreign[0]!r} is not ASCII: write it in plain letters"


def entry_is_to_the_letter(draft: Draft) -> Iterator[Finding]:
    """There is one entry function, whose head Resolve can find."""
    heads = list(entry_heads(draft.text))
    if not heads:
        yield 1, "no entry function: copy one from Resolve's README"
    for number, head in heads[:1]:
        if head not in ENTRIES:
            yield number, "entry function is not Resolve's to the letter: copy its line, names too"
    for number, found in list(draft.matches(re.compile(r"transform|transition")))[1:]:
        yield number, f"{found[0]!r} is a word that Resolve looks for: use it for the entry only"


def literals_end_in_f(draft: Draft) -> Iterator[Finding]:
    """A number with a point is a float: without f it is a double, which Metal does not have."""
    for number, found in draft.matches(LITERAL):
        if found["suffix"] != "f":
            yield number, f"{found[0]!r} has no f at its end: write it like 0.5f"


def patterns_are_absent(draft: Draft) -> Iterator[Finding]:
    """Nothing of `PATTERNS` is there."""
    for pattern, problem in PATTERNS:
        for number, found in draft.matches(pattern):
            yield number, f"{found[0].strip()!r}: {problem}"


def names_are_free(draft: Draft) -> Iterator[Finding]:
    """No name is a word of OpenCL C, CUDA or Metal."""
    reserved = set(RESERVED.split())
    words = [(number, found[0]) for number, found in draft.matches(NAME)]
    words += [(one.line, word) for one in draft.controls for word in (one.name, *one.choices)]
    for number, word in words:
        if word in reserved or RESERVED_FORM.fullmatch(word):
            yield number, f"{word!r} is a word of OpenCL, CUDA or Metal: choose another name"


def calls_are_known(draft: Draft) -> Iterator[Finding]:
    """Every function that is called is DCTL's, or the shader's own."""
    known = {*MATH.split(), *WORDS.split(), *(function.name for function in draft.functions)}
    known |= {found["name"] for _, found in draft.matches(PROTOTYPE)}
    known |= {found[1] for _, found in draft.matches(re.compile(r"#[ ]*define[ ]+(\w+)\("))}
    for number, found in draft.matches(CALL):
        if found["name"] not in known:
            yield number, f"{found['name']} {INSTEAD.get(found['name'], NOT_DCTL)}"


def functions_are_ours(draft: Draft) -> Iterator[Finding]:
    """Every function runs on the card and has a name that is not Resolve's."""
    for function in draft.functions:
        if not function.is_device:
            yield function.line, f"function {function.name} lacks __DEVICE__: put it in front"
        if not (function.name.startswith("cr_") or is_entry(function.name)):
            yield function.line, f"function {function.name}: begin its name with cr_"


def functions_are_unique(draft: Draft) -> Iterator[Finding]:
    """OpenCL C and the other C have no overloads."""
    seen: set[str] = set()
    for function in draft.functions:
        if function.name in seen:
            yield function.line, f"function {function.name} is there twice: name each for itself"
        seen.add(function.name)


def functions_do_not_recurse(draft: Draft) -> Iterator[Finding]:
    """OpenCL C knows no recursion."""
    calls = {
        function.name: set(re.findall(r"\b(\w+)[ ]*\(", draft.body(function)))
        for function in draft.functions
    }
    for function in draft.functions:
        if function.name in _reached(function.name, calls):
            yield function.line, f"function {function.name} calls itself in the end: write a loop"


def pointers_say_where(draft: Draft) -> Iterator[Finding]:
    """Metal wants to know the memory that a pointer points into."""
    for number, found in draft.matches(re.compile(POINTER.format(draft.types()))):
        if found["place"] is None:
            yield number, f"pointer {found[0]!r} has no address space: write __PRIVATE__ before it"


def textures_are_parameters(draft: Draft) -> Iterator[Finding]:
    """A texture can be handed on, but not kept."""
    for number, found in draft.matches(re.compile("__TEXTURE__")):
        if any(one.start <= found.start() < one.end for one in draft.functions):
            yield number, "texture as a local variable: make it a parameter"


def tags_have_their_keyword(draft: Draft) -> Iterator[Finding]:
    """In C a struct or enum is named with its keyword, unless it is a typedef."""
    for _, tag in draft.matches(TAG):
        bare = re.compile(rf"(?<!struct )(?<!enum )(?<![\w.]){tag['name']}[ *]+\w")
        for number, _ in draft.matches(bare):
            yield number, f"{tag['name']} without its keyword: write {tag['word']} {tag['name']}"


def powers_are_guarded(draft: Draft) -> Iterator[Finding]:
    """The base of a power and the number of a logarithm are held above zero where they stand.

    The first argument is a constant, or has one of `GUARDS` in it, or a variable whose own line
    has one; or the comment above the function says that it is `above zero`. Cards differ in what
    they make of a number below.
    """
    for number, found in draft.matches(GUARDED):
        argument = first_argument(draft.code, found.end()).strip()
        function = draft.function_at(found.start())
        is_promised = function is not None and PROMISE in function.comment
        scope = draft.body(function) if function else ""
        if not (is_promised or CONSTANT.fullmatch(argument) or _has_guard(argument, scope)):
            problem = f"{found[0]}{argument}) may see a number below 0: put _fmaxf around it"
            yield number, f"{problem}, or say {PROMISE!r} in the comment above the function"


def _has_guard(argument: str, scope: str) -> bool:
    """Say whether an argument, or a line that gives a variable in it its value, has a guard."""
    values = [
        line[0]
        for name in NAMED.findall(argument)
        for line in re.finditer(rf"\b{name}[ ]*=[^=;][^;]*;", scope)
    ]
    return any(guard in value for guard in GUARDS for value in (argument, *values))


def _reached(name: str, calls: dict[str, set[str]]) -> set[str]:
    """Every function that one leads to."""
    reached: set[str] = set()
    ahead = set(calls.get(name, ()))
    while ahead:
        reached |= ahead
        ahead = {called for one in ahead for called in calls.get(one, ())} - reached
    return reached
