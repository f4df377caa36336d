int waiting(void)
{
#ifdef RADIO
	return antenna;
#else
	return 0;
#endif
}
