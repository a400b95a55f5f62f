:- module(compile, [compile_all/0]).

/** <module> Builds a cache folder: facts from the rows of views, and a .qlf beside every file

Run by the swipl command in the folder to build. Any error or warning ends it with status 1.
*/

:- use_module(library(readutil)).

%   SWI-Prolog's JSON library is loaded from source by default, which costs more than all of ours: compile it too.
:- ignore(( absolute_file_name(library(http/json), From, [file_type(prolog), access(read), file_errors(fail)]),
            file_name_extension(_, pl, From), prolog_load_context(directory, Dir), directory_file_path(Dir, 'json.pl', To),
            read_file_to_string(From, Text, [encoding(utf8)]),
            setup_call_cleanup(open(To, write, Out, [encoding(utf8)]), write(Out, Text), close(Out)) )).

:- use_module(main).

%!  compile_all is det.
compile_all :-
    source_file(compile:compile_all, Here), file_directory_name(Here, Dir),
    directory_file_path(Dir, 'views.json', Json), read_file_to_string(Json, Text, [encoding(utf8)]),
    directory_file_path(Dir, rules, RuleDir), directory_file_path(RuleDir, '*.pl', Pattern), expand_file_name(Pattern, Rules),
    forall(member(F, Rules), catch(user:load_files(F, [silent(true)]), E, print_message(error, E))),
    language:unconcluded,
    complain,
    door:build(Text, _),
    directory_file_path(Dir, 'facts.pl', Facts),
    directory_file_path(Dir, '*.pl', EnginePattern), expand_file_name(EnginePattern, Engine0), exclude(this_file, Engine0, Engine),
    append([[Facts], Engine, Rules], All0), sort(All0, All),
    forall(member(F, All), catch(user:qcompile(F), E, print_message(error, E))),
    complain,
    halt(0).

this_file(F) :- file_base_name(F, 'compile.pl').

complain :-
    findall(K-F-L-T, main:complaint(K, F, L, T), Cs),
    ( Cs == [] -> true ; forall(member(_-F-L-T, Cs), format(user_error, "~w:~w: ~w~n", [F,L,T])), halt(1) ).
