"""A job template held against Open Job Description's own library, where that is installed."""

from __future__ import annotations

from pathlib import Path

from chromaresolve.errors import StageError
from chromaresolve.farm.template import JsonObject


def check_job(template: JsonObject, values: dict[str, str], folder: Path) -> str | None:
    """Make the job of a template and its values, as a farm does when it is submitted.

    Args:
        template: The job template.
        values: The parameters' values that have no default.
        folder: Where the bundle lies.

    Returns:
        The name and version of what checked it; None where openjd-model is not installed.

    Raises:
        StageError: A farm would refuse the job.
    """
    try:
        from openjd.model import (
            DecodeValidationError,
            create_job,
            decode_job_template,
            preprocess_job_parameters,
            version,
        )
    except ModuleNotFoundError:
        return None
    try:
        decoded = decode_job_template(template=template, supported_extensions=["TASK_CHUNKING"])
        parameters = preprocess_job_parameters(
            job_template=decoded,
            job_parameter_values=dict(values),
            job_template_dir=folder.absolute(),
            current_working_dir=Path.cwd(),
        )
        create_job(job_template=decoded, job_parameter_values=parameters)
    except (DecodeValidationError, ValueError) as error:
        raise StageError(folder, f"a farm would refuse this job: {error}") from error
    return f"openjd-model {version}"
