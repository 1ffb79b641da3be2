-- Keys that are no text. Expect: value
function attack()
  return { [{}] = 1 }
end
