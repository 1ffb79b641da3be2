-- A replacement that never ends. Expect: instructions
function attack()
  ("x"):gsub(".", function() while true do end end)
end
