-- A text that is no UTF-8. Expect: done
function attack()
  return "\255\254\0" .. ("\128"):rep(1000)
end
