-- Numbers that JSON has not. Expect: done
function attack()
  return { 0 / 0, 1 / 0, -1 / 0, 1e308, -0, [1 / 0] = 1, [-5.5] = 2 }
end
