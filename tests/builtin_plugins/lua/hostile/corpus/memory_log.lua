-- A log that floods. Expect: done
function attack()
  for i = 1, 1e4 do print(("x"):rep(10000)) end
end
