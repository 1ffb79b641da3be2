-- `request`: which servers a plugin wants to call, and the calls.

local host, register, _, kit = ...

local MOST, known, count = 50, {}, 0

local request = {}

local function wrong(domain)
  if type(domain) ~= "string" or domain == "" then
    return "a domain is expected, such as \"api.example.org\""
  elseif #domain > 253 then
    return "the domain is longer than 253 characters"
  elseif string.find(domain, "://", 1, true) then
    return "without a scheme: \"example.org\", not \"https://example.org\""
  elseif string.find(domain, "*", 1, true) then
    return "each domain is named, without wildcards"
  elseif string.find(domain, "[/:@]") then
    return "without path and port: \"example.org\""
  elseif string.find(domain, "[^A-Za-z0-9.-]") then
    return "only letters, digits, - and . may stand in a domain"
  elseif not string.find(domain, ".", 1, true) and string.lower(domain) ~= "localhost" then
    return "a domain has a dot in it"
  end
end

function request.register(domain, options)
  local why = wrong(domain)
  if why then
    kit.fault("request.register: " .. why)
  end
  domain = string.lower(domain)
  if known[domain] then
    return
  elseif count >= MOST then
    kit.fault("request.register: a plugin has at most " .. MOST .. " domains")
  end
  local description = type(options) == "table" and options.description
  register("domain", { domain = domain, description = type(description) == "string" and description or "" })
  known[domain], count = true, count + 1
end

for _, method in ipairs({ "GET", "POST", "PUT", "DELETE", "PATCH" }) do
  request[string.lower(method)] = function(url, options)
    return host("request.send", method, url, options)
  end
end

return request
