local shapes = require("shapes")

function test_words_are_escaped()
    test.assert_eq('<span style="font-size:300%">&lt;b&gt;</span>', shapes.word("<b>", 9))
end

function test_a_cloud_is_kept()
    local answer = test.request("POST", "/api/v1/plugins/tag_cloud/cloud", { body = '{"tags": [{"tag": "a", "weight": 9}]}', auth = "none" })
    test.assert_contains(answer.body, "font-size:300%")
    test.assert_eq(1, db.count("clouds"))
    test.assert_eq({ open = 0 }, test.request("GET", "/api/v1/plugins/tag_cloud/spy").json)
end
