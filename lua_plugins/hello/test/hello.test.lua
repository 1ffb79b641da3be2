function test_it_greets_by_name()
  local answer = test.request("GET", "/?name=Ada", { auth = "none" })
  test.assert_eq(200, answer.status)
  test.assert_eq({ message = "Hello, Ada!" }, answer.json)
end

function test_it_greets_strangers()
  test.assert_eq("Hello, stranger!", test.request("GET", "/", { auth = "none" }).json.message)
end

function test_a_name_has_an_end()
  test.assert_eq(400, test.request("GET", "/?name=" .. string.rep("a", 101)).status)
end
