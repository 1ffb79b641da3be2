local matching = require("matching")

local function target(kind, source, to, address)
  local path, query = matching.split(address)
  local named = kind == "pattern" and matching.fits(source, path) or nil
  return matching.target({ kind = kind, source = source, target = to, preserve_query = 1 }, path, query, named)
end

function test_addresses_are_split_and_put_right()
  test.assert_eq({ "/a/b", "x=1" }, { matching.split("//a///b/?x=1#top") })
  test.assert_eq({ "/", "" }, { matching.split("/") })
  test.assert_eq({ "/a", "" }, { matching.split("a") })
  test.assert_nil(matching.split("/a b"))
  test.assert_nil(matching.split("/a\\b"))
  test.assert_nil(matching.split("/" .. string.rep("a", 2001)))
end

function test_prefixes_are_named_from_the_longest()
  test.assert_eq({ "/a/b/c", "/a/b", "/a", "/" }, matching.prefixes("/a/b/c"))
  test.assert_eq({ "/" }, matching.prefixes("/"))
end

function test_patterns()
  test.assert_eq({ year = "2020", slug = "x" }, matching.fits("/blog/:year/:slug", "/blog/2020/x"))
  test.assert_nil(matching.fits("/blog/:year/:slug", "/blog/2020"))
  test.assert_nil(matching.fits("/blog/:year/:slug", "/blog/2020/x/y"))
  test.assert_eq({ ["*"] = "a/b" }, matching.fits("/shop/*", "/shop/a/b"))
  test.assert_eq({ ["*"] = "" }, matching.fits("/shop/*", "/shop"))
  test.assert_nil(matching.fits("/shop/*", "/shopping"))
end

function test_targets()
  test.assert_eq("/new", target("exact", "/old", "/new", "/old"))
  test.assert_eq("/new?a=1", target("exact", "/old", "/new", "/old?a=1"))
  test.assert_eq("/new?b=2&a=1#top", target("exact", "/old", "/new?b=2#top", "/old?a=1"))
  test.assert_eq("/news/2020/x", target("prefix", "/blog", "/news/", "/blog/2020/x"))
  test.assert_eq("https://example.org/a", target("prefix", "/", "https://example.org", "/a"))
  test.assert_eq("/x/2020", target("pattern", "/blog/:year/:slug", "/:slug/:year", "/blog/2020/x"))
  test.assert_eq("/b/100%/x", target("pattern", "/a/*", "/b/*", "/a/100%/x"))
end

function test_no_visitor_decides_about_the_host()
  test.assert_eq("/evil.example", target("prefix", "/old", "/", "/old//evil.example"))
  test.assert_eq("/evil.example", target("pattern", "/old/*", "/*", "/old///evil.example"))
  local led = target("prefix", "/old", "https://example.org", "/old/.evil.example")
  test.assert_eq("https://example.org/.evil.example", led)
end
