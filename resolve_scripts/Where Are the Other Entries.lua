-- ChromaResolve: says why the other entries of this menu are not listed.
-- Resolve lists Lua files in every edition; Python files need Studio from 21.1 on, and before that
-- a Python 3 that Resolve can find. Works in Lua 5.1 and LuaJIT; changes nothing.

local function try(call)
  local worked, answer = pcall(call)
  return worked and answer or nil
end

-- Resolve's global names differ between versions and pages, as in the Python entries.
local found = resolve
  or try(function() return bmd.scriptapp("Resolve") end)
  or try(function() return app:GetResolve() end)

local product = try(function() return found:GetProductName() end) or "DaVinci Resolve"
local version = try(function() return found:GetVersionString() end) or "of unknown version"
local major, minor = version:match("^(%d+)%.(%d+)")
local needs_studio = major and tonumber(major) * 100 + tonumber(minor) >= 2101
local is_studio = product:find("Studio", 1, true) ~= nil

print("This is " .. product .. " " .. version .. ".")
if not found or not major then
  print("Resolve did not say what it is: see DaVinci Resolve > About DaVinci Resolve.")
  print("Up to 21.0 every edition lists the entries of ChromaResolve, from 21.1 on only Studio.")
elseif needs_studio and not is_studio then
  print("From 21.1 on, only Resolve Studio lists Python scripts. No setting changes that.")
  print("Everything can be done by files instead:")
  print("  1. Export Source and Reference as EXR frames on the Deliver page.")
  print("  2. In a terminal: chromaresolve new SHOT, then chromaresolve run SHOT,")
  print("     then chromaresolve composite SHOT --timeline SHOT.otio")
  print("  3. Here: File > Import > Timeline, and choose SHOT.otio.")
elseif needs_studio then
  print("It runs the entries 1 to 9 with its own Python.")
else
  print("It lists the entries 1 to 9 if it finds a Python 3.8 or newer.")
end
print("If entries are missing that should be here, type in a terminal: chromaresolve resolve doctor")
