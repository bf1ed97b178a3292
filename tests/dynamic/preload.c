/* Loaded before the libraries: its names come first. */
int chain_second(int value)
{
	return -value;
}
