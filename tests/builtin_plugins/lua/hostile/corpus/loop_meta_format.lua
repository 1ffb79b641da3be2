-- An endless loop in __tostring, called by format. Expect: instructions
function attack()
  return string.format("%s", setmetatable({}, { __tostring = function() while true do end end }))
end
