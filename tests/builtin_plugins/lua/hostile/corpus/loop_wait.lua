-- A call of the server that nobody answers. Expect: time
function attack()
  return desk.wait()
end
