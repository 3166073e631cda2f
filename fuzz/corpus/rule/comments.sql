count(ordered) -- so many
 >= /* at least */ 2