# SPDX-License-Identifier: Apache-2.0
# fish completion for masu(1). The words come from 'masu __complete', and so from the tables that --help prints.

function __masu_complete
	set -l words (commandline -opc)
	set -l current (commandline -ct)
	masu __complete $words[2..-1] "$current" 2>/dev/null | while read -l line
		if test "$line" = :files
			# "--option=" is not part of the file's name, but of the word that replaces the current one.
			set -l option (string match -r '^--[^=]*=' -- $current)
			__fish_complete_path (string replace -r '^--[^=]*=' '' -- $current) | string replace -r '^' -- "$option"
		else
			printf '%s\n' $line
		end
	end
end

complete -c masu -f -a '(__masu_complete)'
