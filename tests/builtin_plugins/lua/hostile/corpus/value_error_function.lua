-- An error that is a function. Expect: error
function attack()
  error(print)
end
