-- A pattern that backtracks for ages. Expect: processor
function attack()
  return ("a"):rep(300):find((".-"):rep(20) .. "b")
end
