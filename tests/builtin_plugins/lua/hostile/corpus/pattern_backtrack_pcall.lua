-- A pattern that backtracks for ages, within pcall. Expect: processor
function attack()
  while true do
    pcall(string.match, ("a"):rep(5000), ("a*"):rep(30) .. "b")
  end
end
