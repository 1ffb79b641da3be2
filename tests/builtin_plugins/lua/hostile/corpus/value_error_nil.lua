-- An error that is nothing. Expect: error
function attack()
  error(nil)
end
