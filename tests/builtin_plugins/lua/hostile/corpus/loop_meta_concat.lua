-- An endless loop in __concat. Expect: instructions
function attack()
  local meta = { __concat = function() while true do end end }
  local t, u = setmetatable({}, meta), setmetatable({}, meta)
  return t .. u
end
