local similar = require("similar")

function test_scores()
    test.assert_eq(1, similar.score("spring garden", "garden SPRING"))
    test.assert_eq(0, similar.score("spring", "autumn"))
    test.assert_eq(0, similar.score("", ""))
end

function test_the_best_come_first()
    local all = {
        { id = "1", title = "Spring garden flowers" },
        { id = "2", title = "Winter sports" },
        { id = "3", title = "Garden flowers in spring" },
        { id = "4", title = "The garden" },
    }
    test.assert_eq({ "Garden flowers in spring", "The garden" }, similar.to("1", all, 3))
end

function test_core_is_there()
    test.assert(core.count("users") >= 1)
    test.assert_eq("table", type(core.query("datatypes")))
    test.assert_error(function()
        local _, err = core.query("sessions")
        error(err or "refused")
    end)
end

function test_an_unknown_post()
    local answer = test.request("GET", "/api/v1/plugins/related_posts/like/01ARZ3NDEKTSV4RRFFQ69G5FAV", { auth = "none" })
    test.assert_eq(404, answer.status)
end
