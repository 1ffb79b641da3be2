-- `http`: the plugin's routes. Middleware runs here, in the machine, so that a request crosses once.

local _, register, _, kit = ...

local METHODS = { GET = true, POST = true, PUT = true, DELETE = true, PATCH = true }
local MOST_ROUTES, MOST_MIDDLEWARE, LONGEST = 50, 50, 256

local routes, count, middleware = {}, 0, {}

local function fail(text, ...)
  kit.fault(string.format(text, ...))
end

local function shown(value)
  return type(value) == "string" and string.format("%q", value) or tostring(value)
end

-- The path with its parts unnamed: two routes that differ only in these are one.
local function shape_of(path)
  if type(path) ~= "string" or string.sub(path, 1, 1) ~= "/" then
    return nil, "it must start with /"
  elseif #path > LONGEST then
    return nil, "it is longer than " .. LONGEST .. " characters"
  elseif string.find(path, "..", 1, true) then
    return nil, "it must not contain '..'"
  elseif string.find(path, "[^A-Za-z0-9/_{}.-]") then
    return nil, "only letters, digits and / _ { } . - may stand in it"
  elseif string.find(path, "//", 1, true) then
    return nil, "it has an empty segment"
  end
  local names, shape = {}, {}
  for segment in string.gmatch(path, "[^/]+") do
    local name = string.match(segment, "^{([A-Za-z_][A-Za-z0-9_]*)}$")
    if name then
      if names[name] then
        return nil, "{" .. name .. "} stands in it twice"
      end
      names[name] = true
      segment = "{}"
    elseif string.find(segment, "[{}]") then
      return nil, "a {param} is a whole segment, with a name of letters, digits and _"
    end
    shape[#shape + 1] = segment
  end
  return table.concat(shape, "/")
end

local function wrapped(handler)
  return function(request)
    for index = 1, #middleware do
      local early = middleware[index](request)
      if type(early) == "table" then
        return early
      end
    end
    return handler(request)
  end
end

local http = {}

function http.handle(method, path, handler, options)
  if not METHODS[method] then
    fail("http.handle: invalid method %s: GET, POST, PUT, DELETE or PATCH", shown(method))
  end
  local shape, why = shape_of(path)
  if not shape then
    fail("http.handle: invalid path %s: %s", shown(path), why)
  elseif type(handler) ~= "function" then
    fail("http.handle: %s %s has no function", method, path)
  end
  local public, permission = false, nil
  if type(options) == "table" then
    public, permission = options.public == true, options.permission
  end
  if permission ~= nil and (type(permission) ~= "string" or not string.find(permission, "^[a-z0-9_.:-]+$")) then
    fail("http.handle: %s %s: permission must be a name such as \"content.read:post\"", method, path)
  elseif permission and public then
    fail("http.handle: %s %s is public, so it cannot need the permission '%s'", method, path, permission)
  end
  local key = method .. " " .. shape
  if routes[key] then
    fail("http.handle: duplicate route: %s %s is registered already, as %s", method, path, routes[key])
  elseif count >= MOST_ROUTES then
    fail("http.handle: a plugin has at most %d routes", MOST_ROUTES)
  end
  register("route", { method = method, path = path, public = public, permission = permission }, wrapped(handler))
  routes[key], count = path, count + 1
end

function http.use(fn)
  if type(fn) ~= "function" then
    fail("http.use: a function is expected, got %s", type(fn))
  elseif #middleware >= MOST_MIDDLEWARE then
    fail("http.use: a plugin has at most %d of them", MOST_MIDDLEWARE)
  end
  register("middleware", {}, fn)
  middleware[#middleware + 1] = fn
end

return http
