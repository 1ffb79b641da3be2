-- An error whose __tostring never ends. Expect: error
function attack()
  error(setmetatable({}, { __tostring = function() while true do end end }))
end
