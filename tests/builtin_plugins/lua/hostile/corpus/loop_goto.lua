-- An endless loop of jumps. Expect: instructions
function attack()
  ::again::
  goto again
end
