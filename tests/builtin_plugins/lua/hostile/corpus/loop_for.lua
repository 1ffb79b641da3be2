-- A loop with a bound that nobody reaches. Expect: instructions
function attack()
  for _ = 1, math.huge do end
end
