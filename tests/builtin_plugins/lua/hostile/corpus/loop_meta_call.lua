-- An endless loop in __call. Expect: instructions
function attack()
  local meta = { __call = function() while true do end end }
  local t, u = setmetatable({}, meta), setmetatable({}, meta)
  return t()
end
