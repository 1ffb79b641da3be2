local function create(title)
    return test.fire_hook("before_create", "content_data", { title = title })
end

function test_good_content_passes()
    test.assert_nil(create("A spring day"))
end

function test_forbidden_words()
    test.assert_contains(create("Lorem ipsum"), 'the word "lorem" is not allowed here')
    test.assert_nil(create("Loremipsum"))
end

function test_empty_titles_in_creation_and_change()
    test.assert_contains(create("   "), "title cannot be empty")
    test.assert_contains(test.fire_hook("before_update", "content_data", { title = "" }), "title cannot be empty")
end

function test_the_order_is_priority_then_registration()
    test.assert_eq("title,words,content_data,before_create", create("In order"))
end

function test_a_wildcard_hook_fires_for_every_table()
    local err = test.fire_hook("before_create", "media", { title = "In order" })
    test.assert_contains(err, "media,before_create")
end

function test_home_stays()
    test.assert_not_nil(test.fire_hook("before_delete", "content_data", { title = "Home" }))
    test.assert_nil(test.fire_hook("before_delete", "content_data", { title = "Away" }))
end

function test_drafts_are_not_published()
    test.assert_contains(test.fire_hook("before_publish", "content_data", { title = "Draft 7" }), "Draft 7")
    test.assert_nil(test.fire_hook("before_publish", "content_data", { title = "Ready" }))
end

function test_the_database_is_out_of_reach_in_before_hooks()
    test.assert_not_nil(create("Use the database"))
    test.assert_not_nil(create("Call somebody"))
    test.assert_not_nil(create("Read the core"))
    test.assert_eq(0, db.count("notes"))
end

function test_the_check_route()
    local answer = test.request("POST", "/api/v1/plugins/content_guard/check", { body = "a casino", auth = "none" })
    test.assert_eq(422, answer.status)
    test.assert_eq({ ok = false, word = "casino" }, answer.json)
end
