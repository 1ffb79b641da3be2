-- An error whose fields are looked up for ever. Expect: error
function attack()
  error(setmetatable({}, { __index = function() while true do end end }))
end
