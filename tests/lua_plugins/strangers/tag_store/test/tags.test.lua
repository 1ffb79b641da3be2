function test_tags_are_kept_once()
    test.request("PUT", "/api/v1/plugins/tag_store/tags/Lua", { body = '{"weight": 3}' })
    local answer = test.request("PUT", "/api/v1/plugins/tag_store/tags/lua", { body = '{"weight": 5}' })
    test.assert_eq({ tag = "lua", tags = 1 }, answer.json)
    test.assert_eq({ tags = { { tag = "lua", weight = 5 } } }, test.request("GET", "/api/v1/plugins/tag_store/tags").json)
end
