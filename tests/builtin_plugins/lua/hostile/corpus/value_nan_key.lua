-- A key that is not equal to itself. Expect: error
function attack()
  return { [0 / 0] = 1 }
end
