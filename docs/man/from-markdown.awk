# SPDX-License-Identifier: BSD-2-Clause
# A document in Markdown as the body of a man page in scdoc's form: headings, paragraphs, lists, code
# blocks, and tables, whose rows become "first cell" and indented text.

# The page's beginning is written by hand: head=FILE names it on the command line.
function print_head(   line) {
    while ((getline line <head) > 0) print line
    print ""
}

# Outside a code block: `code` and **strong** become *bold*, and what scdoc would take for a mark is
# escaped. A link's text stays, but in parentheses of its own: there it only says where to click.
function words(s,   out, part, n, i) {
    gsub(/ *\(\[[^]]*\]\([^)]*\)\)/, "", s)
    while (match(s, /\*\*[^*]+\*\*/))
        s = substr(s, 1, RSTART - 1) "`" substr(s, RSTART + 2, RLENGTH - 4) "`" substr(s, RSTART + RLENGTH)
    gsub(/\[([^]]*)\]\([^)]*\)/, "&\001", s)
    while (match(s, /\[[^]]*\]\([^)]*\)\001/)) {
        part = substr(s, RSTART + 1, RLENGTH - 1)
        sub(/\].*/, "", part)
        s = substr(s, 1, RSTART - 1) part substr(s, RSTART + RLENGTH)
    }
    gsub(/\\\|/, "|", s)
    n = split(s, parts, "`")
    out = ""
    for (i = 1; i <= n; i++) {
        gsub(/\\/, "\\\\", parts[i])
        gsub(/[_*]/, "\\\\&", parts[i])
        out = out (i % 2 == 0 ? "*" parts[i] "*" : parts[i])
    }
    sub(/^[.#|]/, "\\\\&", out)
    return out
}

function blank() { if (!was_blank) print ""; was_blank = 1 }
function say(s) { print s; was_blank = 0 }

FNR == 1 { print_head(); was_blank = 1 }

/^```/ {
    in_code = !in_code
    if (in_code) blank()
    say("```")
    if (!in_code) blank()
    next
}
in_code { say($0); next }
/^# / { next }
/^## / { blank(); say("# " toupper(substr($0, 4))); blank(); next }
/^### / { blank(); say("## " substr($0, 5)); blank(); next }
/^\|[-| ]*\|$/ { next }
/^\|/ {
    line = $0
    gsub(/\\\|/, "\002", line)
    count = split(line, cell, "|")
    for (i in cell) { gsub(/^ +| +$/, "", cell[i]); gsub(/\002/, "|", cell[i]) }
    if (cell[2] ~ /^key/) next # the head
    blank()
    say(words(cell[2]) (count > 4 && cell[3] != "" ? " (default: " words(cell[3]) ")" : ""))
    say("\t" words(cell[count - 1]))
    blank()
    next
}
/^$/ { blank(); next }
/^- / { if (!in_list) blank(); in_list = 1; say("- " words(substr($0, 3))); next }
/^  / && in_list { sub(/^ +/, ""); say("  " words($0)); next }
{ in_list = 0; say(words($0)) }
