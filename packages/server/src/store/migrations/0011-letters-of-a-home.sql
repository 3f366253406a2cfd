-- Whoever is forgotten is found among commands that were set aside.
create index dead_letters_home on hearth.dead_letters (home);
