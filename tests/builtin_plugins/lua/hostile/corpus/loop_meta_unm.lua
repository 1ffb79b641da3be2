-- An endless loop in __unm. Expect: instructions
function attack()
  local meta = { __unm = function() while true do end end }
  local t, u = setmetatable({}, meta), setmetatable({}, meta)
  return -t
end
