-- A metamethod that calls itself. Expect: error
function attack()
  local t = {}
  setmetatable(t, { __index = function(_, key) return 1 + t[key] end })
  return t.x
end
