-- An error of megabytes. Expect: error
function attack()
  error(("x"):rep(2e6))
end
