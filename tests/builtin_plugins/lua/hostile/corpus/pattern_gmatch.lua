-- A pattern that backtracks for ages, in an iterator. Expect: processor
function attack()
  for _ in ("a"):rep(300):gmatch((".-"):rep(20) .. "b") do end
end
