-- A pattern that backtracks for ages, in gsub with a function. Expect: processor
function attack()
  return ("a"):rep(300):gsub((".-"):rep(20) .. "b", function() end)
end
