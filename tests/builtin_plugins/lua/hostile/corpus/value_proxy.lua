-- A module as an answer. Expect: done
function attack()
  return { desk, string }
end
