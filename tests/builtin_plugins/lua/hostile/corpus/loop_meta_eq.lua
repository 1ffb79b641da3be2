-- An endless loop in __eq. Expect: instructions
function attack()
  local meta = { __eq = function() while true do end end }
  local t, u = setmetatable({}, meta), setmetatable({}, meta)
  return t == u
end
