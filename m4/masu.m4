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

dnl MASU_CHECK_NOLIBC: set nolibc_arch to the architecture that src/monitor/nolibc has code for, or to nothing.
AC_DEFUN([MASU_CHECK_NOLIBC], [
	AC_MSG_CHECKING([for an architecture of programs without libc])
	nolibc_arch=
	masu_saved_cflags="$CFLAGS"
	CFLAGS="$masu_saved_cflags -Werror -mstack-protector-guard=global"
	AC_COMPILE_IFELSE([AC_LANG_SOURCE([
#if !defined(__x86_64__) || !defined(__LP64__)
# error not x86-64
#endif
	])], [nolibc_arch=x86_64])
	AC_COMPILE_IFELSE([AC_LANG_SOURCE([
#if !defined(__aarch64__) || !defined(__LP64__)
# error not AArch64
#endif
	])], [nolibc_arch=aarch64])
	CFLAGS="$masu_saved_cflags"
	AC_MSG_RESULT([${nolibc_arch:-none, libc it is}])
])
