-- A table of replacements whose look-up never ends. Expect: instructions
function attack()
  ("x"):gsub(".", setmetatable({}, { __index = function() while true do end end }))
end
