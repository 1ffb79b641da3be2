-- An iterator that never ends. Expect: instructions
function attack()
  for _ in function() return true end do end
end
