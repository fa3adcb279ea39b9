dnl SPDX-License-Identifier: Apache-2.0
dnl MASU_CHECK_FLAGS(VARIABLE, FLAGS): put those of FLAGS that the compiler takes into VARIABLE.
AC_DEFUN([MASU_CHECK_FLAGS], [
	AC_MSG_CHECKING([which of the compiler flags for $1 work])
	$1=
	masu_saved_cflags="$CFLAGS"
	for masu_flag in $2; do
		CFLAGS="$masu_saved_cflags -Werror $masu_flag"
		AC_COMPILE_IFELSE([AC_LANG_PROGRAM([], [])], [$1="[$]$1 $masu_flag"], [])
	done
	CFLAGS="$masu_saved_cflags"
	AC_MSG_RESULT([$$1])
	AC_SUBST([$1])
])
