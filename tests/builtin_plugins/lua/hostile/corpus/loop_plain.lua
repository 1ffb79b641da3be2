-- The endless loop. Expect: instructions
function attack()
  while true do end
end
