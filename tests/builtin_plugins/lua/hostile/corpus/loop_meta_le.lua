-- An endless loop in __le. Expect: instructions
function attack()
  local meta = { __le = function() while true do end end }
  local t, u = setmetatable({}, meta), setmetatable({}, meta)
  return t <= u
end
