-- An endless loop in __tostring, called by print. Expect: instructions
function attack()
  print(setmetatable({}, { __tostring = function() while true do end end }))
end
