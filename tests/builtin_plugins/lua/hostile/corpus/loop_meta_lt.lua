-- An endless loop in __lt. Expect: instructions
function attack()
  local meta = { __lt = function() while true do end end }
  local t, u = setmetatable({}, meta), setmetatable({}, meta)
  return t < u
end
