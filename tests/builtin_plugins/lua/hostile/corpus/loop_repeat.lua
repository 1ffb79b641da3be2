-- An endless loop that checks at its end. Expect: instructions
function attack()
  repeat until false
end
