-- A million calls of the server, with errors swallowed. Expect: calls
function attack()
  while true do pcall(desk.refuse) end
end
